from setuptools import find_packages, setup

setup(
    name="clap_cli",
    version="0.1.0",
    packages=find_packages(include=["clap_cli", "clap_cli.*"]),
    data_files=[
        ("share/ament_index/resource_index/packages", ["resource/clap_cli"]),
        ("share/clap_cli", ["package.xml"]),
    ],
    zip_safe=True,
    maintainer="CLAP stack maintainers",
    maintainer_email="maintainers@clap-stack.invalid",
    description="The ./clap commands, the demo and what they print.",
    license="Apache-2.0",
)
