from setuptools import find_packages, setup

setup(
    name="clap_core",
    version="0.1.0",
    packages=find_packages(),
    data_files=[
        ("share/ament_index/resource_index/packages", ["resource/clap_core"]),
        ("share/clap_core", ["package.xml"]),
    ],
    zip_safe=True,
    maintainer="CLAP stack maintainers",
    maintainer_email="maintainers@clap-stack.invalid",
    description="The stack's logic without ROS: geometry, clouds, kinematics, plans, the loop.",
    license="Apache-2.0",
)
