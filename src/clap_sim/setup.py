from setuptools import find_packages, setup

setup(
    name="clap_sim",
    version="0.1.0",
    packages=find_packages(),
    data_files=[
        ("share/ament_index/resource_index/packages", ["resource/clap_sim"]),
        ("share/clap_sim", ["package.xml"]),
    ],
    zip_safe=True,
    maintainer="CLAP stack maintainers",
    maintainer_email="maintainers@clap-stack.invalid",
    description="MuJoCo world with a simulated Franka and simulated RealSense cameras.",
    license="Apache-2.0",
    entry_points={
        "console_scripts": [
            "simulation = clap_sim.simulation.node:main",
            "gazebo_world = clap_sim.gazebo.export:main",
        ],
    },
)
