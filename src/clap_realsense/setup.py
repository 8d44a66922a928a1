from setuptools import find_packages, setup

setup(
    name="clap_realsense",
    version="0.1.0",
    packages=find_packages(),
    data_files=[
        ("share/ament_index/resource_index/packages", ["resource/clap_realsense"]),
        ("share/clap_realsense", ["package.xml"]),
    ],
    zip_safe=True,
    maintainer="CLAP stack maintainers",
    maintainer_email="maintainers@clap-stack.invalid",
    description="RealSense cameras in ROS, from hardware (pyrealsense2) or a simulation.",
    license="Apache-2.0",
    entry_points={
        "console_scripts": [
            "realsense = clap_realsense.driver.node:main",
        ]
    },
)
