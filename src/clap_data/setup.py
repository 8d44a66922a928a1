from setuptools import find_packages, setup

setup(
    name="clap_data",
    version="0.1.0",
    packages=find_packages(include=["clap_data", "clap_data.*"]),
    data_files=[
        ("share/ament_index/resource_index/packages", ["resource/clap_data"]),
        ("share/clap_data", ["package.xml"]),
    ],
    zip_safe=True,
    maintainer="CLAP stack maintainers",
    maintainer_email="maintainers@clap-stack.invalid",
    description="Episodes and still scenes on disk, conversions from and to bags, key frames.",
    license="Apache-2.0",
)
