"""All benchmarks: ratios, measured side by side in one run, with the machine they were measured on."""

import beside_quetz
import build_overhead
import downloads
import eight_uploaders
import gate
import index_of_a_change
import large_channels
import memory_of_the_driver
import one_more_package
import pages
import parallel_builds
import plan_of_a_thousand
import rebuild_of_a_channel
import several_processes
import start_up
import ten_thousand_recipes
import validate_recipes
import why_in_a_channel
from measuring import print_machine

if __name__ == "__main__":
    print_machine()
    for benchmark in (
        start_up,
        build_overhead,
        one_more_package,
        eight_uploaders,
        several_processes,
        beside_quetz,
        downloads,
        index_of_a_change,
        large_channels,
        pages,
        rebuild_of_a_channel,
        why_in_a_channel,
        validate_recipes,
        parallel_builds,
        memory_of_the_driver,
        plan_of_a_thousand,
        ten_thousand_recipes,
        gate,
    ):
        benchmark.main()
