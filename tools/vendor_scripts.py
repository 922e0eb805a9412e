"""Put scripts from npm where they are used: those of pages into docs/assets/vendor, and mermaid,
which draws the diagrams when the site is built, and axe-core, which tests ask whether pages are
accessible, into tools/vendor.

Run it to take another version: python tools/vendor_scripts.py (npm is needed).
"""

import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

TOOLS = Path(__file__).parent / "vendor"
PAGES = Path(__file__).parent.parent / "docs" / "assets" / "vendor"
FOLDERS = {"axe-core": TOOLS, "mermaid": TOOLS, "katex": PAGES}
PACKAGES = {
    "axe-core@4.14.1": ["axe.min.js", "LICENSE"],
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
    for package, patterns in PACKAGES.items():
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(["npm", "pack", "--silent", package], cwd=folder, check=True)
            (archive,) = Path(folder).glob("*.tgz")
            with tarfile.open(archive) as tar:
                tar.extractall(folder, filter="data")
            name = package.partition("@")[0]
            root, target = Path(folder) / "package", FOLDERS[name] / name
            shutil.rmtree(target, ignore_errors=True)
            for pattern in patterns:
                for path in root.glob(pattern):
                    fonts = path.parent.name == "fonts"
                    out = target / "fonts" / path.name if fonts else target / path.name
                    out.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(path, out)
        print(target)


if __name__ == "__main__":
    main()
