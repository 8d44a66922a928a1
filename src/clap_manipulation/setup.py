from setuptools import find_packages, setup

setup(
    name="clap_manipulation",
    version="0.1.0",
    packages=find_packages(),
    data_files=[
        ("share/ament_index/resource_index/packages", ["resource/clap_manipulation"]),
        ("share/clap_manipulation", ["package.xml"]),
    ],
    zip_safe=True,
    maintainer="CLAP stack maintainers",
    maintainer_email="maintainers@clap-stack.invalid",
    description="Nodes that act: task planner, task executive, Franka action execution.",
    license="Apache-2.0",
    entry_points={
        "console_scripts": [
            "task_planner = clap_manipulation.task_planner.node:main",
            "task_executive = clap_manipulation.task_executive.node:main",
            "franka_executor = clap_manipulation.franka_executor.node:main",
        ]
    },
)
