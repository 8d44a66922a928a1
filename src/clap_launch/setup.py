from setuptools import find_packages, setup

setup(
    name="clap_launch",
    version="0.1.0",
    packages=find_packages(include=["clap_launch", "clap_launch.*"]),
    data_files=[
        ("share/ament_index/resource_index/packages", ["resource/clap_launch"]),
        ("share/clap_launch", ["package.xml"]),
    ],
    zip_safe=True,
    maintainer="CLAP stack maintainers",
    maintainer_email="maintainers@clap-stack.invalid",
    description="Runs ROS 2's YAML launch files where ROS's own launch is not installed.",
    license="Apache-2.0",
)
