from setuptools import find_packages, setup

setup(
    name="clap_ros",
    version="0.1.0",
    packages=find_packages(),
    data_files=[
        ("share/ament_index/resource_index/packages", ["resource/clap_ros"]),
        ("share/clap_ros", ["package.xml"]),
    ],
    zip_safe=True,
    maintainer="CLAP stack maintainers",
    maintainer_email="maintainers@clap-stack.invalid",
    description="What the stack's ROS nodes share: parameters, images, clouds, transforms.",
    license="Apache-2.0",
)
