from setuptools import find_packages, setup

setup(
    name="clap_franka",
    version="0.1.0",
    packages=find_packages(),
    data_files=[
        ("share/ament_index/resource_index/packages", ["resource/clap_franka"]),
        ("share/clap_franka", ["package.xml"]),
    ],
    zip_safe=True,
    maintainer="CLAP stack maintainers",
    maintainer_email="maintainers@clap-stack.invalid",
    description="franka_ros2's interfaces of a Franka, over hardware (FCI) or a simulation.",
    license="Apache-2.0",
    entry_points={
        "console_scripts": [
            "fci_driver = clap_franka.fci.node:main",
            "trajectory_hand = clap_franka.trajectory_hand.node:main",
        ]
    },
)
