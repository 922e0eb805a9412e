"""Put the scripts that the site loads in the browser into docs/assets/vendor, from npm.

Run it to take another version: python tools/vendor_scripts.py (npm is needed).
"""

import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

VENDOR = Path(__file__).parent.parent / "docs" / "assets" / "vendor"
PACKAGES = {
    "mermaid@11.17.2": ["dist/mermaid.min.js", "LICENSE"],
    "katex@0.19.1": [
        "dist/katex.min.js",
        "dist/katex.min.css",
        "dist/contrib/auto-render.min.js",
        "dist/fonts/*.woff2",
        "LICENSE",
    ],
}


def main() -> None:
    shutil.rmtree(VENDOR, ignore_errors=True)
    for package, patterns in PACKAGES.items():
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(["npm", "pack", "--silent", package], cwd=folder, check=True)
            (archive,) = Path(folder).glob("*.tgz")
            with tarfile.open(archive) as tar:
                tar.extractall(folder, filter="data")
            root, target = Path(folder) / "package", VENDOR / package.partition("@")[0]
            for pattern in patterns:
                for path in root.glob(pattern):
                    fonts = path.parent.name == "fonts"
                    out = target / "fonts" / path.name if fonts else target / path.name
                    out.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(path, out)
        print(target)


if __name__ == "__main__":
    main()
