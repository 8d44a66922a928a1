from setuptools import find_packages, setup

setup(
    name="clap_calibration",
    version="0.1.0",
    packages=find_packages(include=["clap_calibration", "clap_calibration.*"]),
    data_files=[
        ("share/ament_index/resource_index/packages", ["resource/clap_calibration"]),
        ("share/clap_calibration", ["package.xml"]),
    ],
    zip_safe=True,
    maintainer="CLAP stack maintainers",
    maintainer_email="maintainers@clap-stack.invalid",
    description="Where the cameras are: board, detection, hand-eye solver, choice of poses.",
    license="Apache-2.0",
)
