from setuptools import find_packages, setup

setup(
    name="clap_console",
    version="0.1.0",
    packages=find_packages(),
    package_data={"clap_console.web": ["files/*"]},
    data_files=[
        ("share/ament_index/resource_index/packages", ["resource/clap_console"]),
        ("share/clap_console", ["package.xml"]),
    ],
    zip_safe=False,
    maintainer="CLAP stack maintainers",
    maintainer_email="maintainers@clap-stack.invalid",
    description="The page in the browser: say a sentence, stop, see, and what is wrong.",
    license="Apache-2.0",
)
