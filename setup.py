"""Packaging from settings.ini, the one place where name, version and requirements stand."""
import re
from configparser import ConfigParser
from pathlib import Path

from setuptools import find_packages, setup

here = Path(__file__).parent
ini = ConfigParser(delimiters=["="])
ini.read(here / "settings.ini", encoding="utf-8")
cfg = ini["DEFAULT"]
lib = cfg["lib_path"]

# PyPI has no files beside the description: links and images of the repository get their addresses
readme = (here / "README.md").read_text(encoding="utf-8")
raw = cfg["git_url"].replace("//github.com/", "//raw.githubusercontent.com/")
readme = re.sub(r"(!\[[^\]]*\]\()(?!\w+:|#)", rf"\g<1>{raw}/{cfg['branch']}/", readme)
readme = re.sub(r"((?<!!)\[[^\]]*\]\()(?!\w+:|#)", rf"\g<1>{cfg['git_url']}/blob/{cfg['branch']}/", readme)

setup(
    name=cfg["lib_name"],
    version=cfg["version"],
    description=cfg["description"],
    long_description=readme,
    long_description_content_type="text/markdown",
    author=cfg["author"],
    author_email=cfg["author_email"],
    url=cfg["git_url"],
    license="MIT",
    license_files=["LICENSE", f"{lib}/assets/*/LICENSE*"],
    keywords=cfg["keywords"],
    packages=find_packages(include=[lib, f"{lib}.*"]),
    package_data={lib: ["assets/*/*", "py.typed", "*.pyi", "*/*.pyi", "*/*/*.pyi"]},
    python_requires=f">={cfg['min_python']}",
    install_requires=cfg["requirements"].split(),
    extras_require={key.split("_")[0]: value.split() for key, value in cfg.items() if key.endswith("_requirements")},
    entry_points={"console_scripts": [cfg["console_scripts"]], "inspect_ai": [f"{lib} = {lib}.inspect_task"]},
)
