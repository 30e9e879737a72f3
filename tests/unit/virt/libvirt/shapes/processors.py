"""Processors and memory: model, shape, shares, pins, nodes, pages."""

from tests.unit.virt.libvirt.shapes.shape import Shape

KVM = {"virt_type": "kvm"}
FOUR = {"vcpus": 4}
OWN = {"hw:cpu_policy": "dedicated"}
REALTIME = {**OWN, "hw:cpu_realtime": "yes", "hw:mem_page_size": "small"}


def shaped(name: str, shape: tuple[int, int, int], specs=None, properties=None) -> Shape:
    """`shape` is sockets, cores, threads."""
    wants = {f"cpu/topology@{part}": str(count)
             for part, count in zip(("sockets", "cores", "threads"), shape, strict=True)}
    return Shape(name, wants, specs or {}, properties or {}, guest=FOUR)


SHAPES = (
    Shape("a model like the host's", {"cpu@mode": "host-model"}),
    Shape("the host's very model", {"cpu@mode": "host-passthrough", "cpu@check": "none"},
          options={**KVM, "cpu_mode": "host-passthrough"}),
    Shape("no model", {"cpu@mode": False}, options={"cpu_mode": "none"}),
    Shape("a model by name", {
        "cpu@mode": "custom", "cpu@match": "exact", "cpu/model": "Nehalem",
        "cpu/feature[@name='pcid']@policy": "require",
        "cpu/feature[@name='vmx']@policy": "disable"},
        options={"cpu_mode": "custom", "cpu_models": ["Nehalem"],
                 "cpu_model_extra_flags": ["pcid", "-vmx"]}),
    Shape("the model that has it", {"cpu/model": "Haswell"},
          {"trait:HW_CPU_X86_AVX2": "required"},
          options={"cpu_mode": "custom", "cpu_models": ["Nehalem", "Haswell"]},
          site={"flags_of_models": {"Haswell": frozenset({"avx2"})}}),
    shaped("a socket each", (4, 1, 1)),
    shaped("sockets", (2, 2, 1), {"hw:cpu_sockets": "2"}),
    shaped("cores", (1, 4, 1), {"hw:cpu_cores": "4"}),
    shaped("threads", (2, 1, 2), {"hw:cpu_threads": "2"}),
    shaped("at most", (1, 2, 2), {"hw:cpu_max_sockets": "1", "hw:cpu_max_cores": "2",
                                  "hw:cpu_max_threads": "2"}),
    shaped("sockets of the image", (2, 2, 1), properties={"hw_cpu_sockets": "2"}),
    shaped("cores of the image", (2, 2, 1), properties={"hw_cpu_cores": "2"}),
    shaped("threads of the image", (2, 1, 2), properties={"hw_cpu_threads": "2"}),
    shaped("at most, says the image", (1, 2, 2), properties={
        "hw_cpu_max_sockets": "1", "hw_cpu_max_cores": "2", "hw_cpu_max_threads": "2"}),
    Shape("shares", {"cputune/shares": "512", "cputune/period": "10000", "cputune/quota": "5000"},
          {"quota:cpu_shares": "512", "quota:cpu_period": "10000", "quota:cpu_quota": "5000"}),
    Shape("addresses emulated", {"cpu/maxphysaddr@mode": "emulate", "cpu/maxphysaddr@bits": "40"},
          {"hw:maxphysaddr_mode": "emulate", "hw:maxphysaddr_bits": "40"}),
    Shape("addresses as the image says", {"cpu/maxphysaddr@mode": "emulate",
                                          "cpu/maxphysaddr@bits": "40"},
          properties={"hw_maxphysaddr_mode": "emulate", "hw_maxphysaddr_bits": "40"}),
    Shape("addresses of the host", {"cpu/maxphysaddr@mode": "passthrough",
                                    "cpu/maxphysaddr@bits": False},
          {"hw:maxphysaddr_mode": "passthrough"}, options=KVM),
    Shape("floating", {"vcpu@cpuset": "0-1,8-9", "cputune": False}),
    Shape("processors of its own", {
        "cputune/vcpupin[@vcpu='0']@cpuset": "2", "cputune/vcpupin[@vcpu='1']@cpuset": "3",
        "cputune/emulatorpin@cpuset": "2-3", "cputune/iothreadpin@cpuset": "2-3",
        "vcpu@cpuset": False}, OWN, options=KVM),
    Shape("threads where its own are threads", {
        "cpu/topology@sockets": "2", "cpu/topology@cores": "1", "cpu/topology@threads": "2"},
        OWN, options=KVM, guest=FOUR),
    Shape("cores where it should have them", {
        "cpu/topology@sockets": "1", "cpu/topology@cores": "2", "cpu/topology@threads": "2"},
        {**OWN, "hw:cpu_cores": "2"}, options=KVM, guest=FOUR),
    Shape("no threads if it wants none", {"cpu/topology@threads": "1"},
          {**OWN, "hw:cpu_threads": "1"}, options=KVM, guest=FOUR),
    Shape("no threads where the others stay empty", {"cpu/topology@threads": "1"},
          {**OWN, "hw:cpu_thread_policy": "isolate"}, options=KVM),
    Shape("its own without hardware help", {"vcpu@cpuset": "2-3", "cputune": False}, OWN),
    Shape("its own, says the image", {"cputune/vcpupin[@vcpu='1']@cpuset": "3"},
          properties={"hw_cpu_policy": "dedicated"}, options=KVM),
    Shape("cores of its own", {"cputune/vcpupin[@vcpu='0']@cpuset": "2",
                               "cputune/vcpupin[@vcpu='1']@cpuset": "4"},
          {**OWN, "hw:cpu_thread_policy": "isolate"}, options=KVM),
    Shape("cores of its own, says the image", {"cputune/vcpupin[@vcpu='1']@cpuset": "4"}, OWN,
          {"hw_cpu_thread_policy": "isolate"}, options=KVM),
    Shape("one more for the emulator", {"cputune/emulatorpin@cpuset": "4"},
          {**OWN, "hw:emulator_threads_policy": "isolate"}, options=KVM),
    Shape("the emulator with all others", {"cputune/emulatorpin@cpuset": "0-1,8-9"},
          {**OWN, "hw:emulator_threads_policy": "share"}, options=KVM),
    Shape("some of its own", {"cputune/vcpupin[@vcpu='0']@cpuset": "2",
                              "cputune/vcpupin[@vcpu='3']@cpuset": "0-1"},
          {"hw:cpu_policy": "mixed", "hw:cpu_dedicated_mask": "0-2"}, options=KVM, guest=FOUR),
    Shape("never interrupted", {
        "cputune/vcpusched@vcpus": "1", "cputune/vcpusched@scheduler": "fifo",
        "cputune/vcpusched@priority": "1", "memoryBacking/locked": True,
        "memoryBacking/nosharepages": True},
        {**REALTIME, "hw:cpu_realtime_mask": "^0"}, options=KVM),
    Shape("never interrupted, as the image says", {"cputune/vcpusched@vcpus": "1"},
          {**REALTIME, "hw:cpu_realtime_mask": "0-1"}, {"hw_cpu_realtime_mask": "^0"},
          options=KVM),
    Shape("two memory nodes", {
        "cpu/numa/cell[@id='0']@cpus": "0-1", "cpu/numa/cell[@id='1']@memory": "262144",
        "numatune/memory@mode": "strict", "numatune/memory@nodeset": "0-1",
        "numatune/memnode[@cellid='1']@nodeset": "0"}, {"hw:numa_nodes": "2"}, guest=FOUR),
    Shape("two memory nodes of the image", {"cpu/numa/cell[@id='1']@cpus": "2-3"},
          properties={"hw_numa_nodes": "2"}, guest=FOUR),
    Shape("uneven nodes", {
        "cpu/numa/cell[@id='0']@cpus": "1,3", "cpu/numa/cell[@id='0']@memory": "131072",
        "cpu/numa/cell[@id='1']@cpus": "0,2", "cpu/numa/cell[@id='1']@memory": "393216"},
        {"hw:numa_nodes": "2", "hw:numa_cpus.0": "1,3", "hw:numa_cpus.1": "0,2",
         "hw:numa_mem.0": "128", "hw:numa_mem.1": "384"}, guest=FOUR),
    Shape("uneven nodes of the image", {
        "cpu/numa/cell[@id='0']@cpus": "1,3", "cpu/numa/cell[@id='1']@memory": "393216"},
        properties={"hw_numa_nodes": "2", "hw_numa_cpus.0": "1,3", "hw_numa_cpus.1": "0,2",
                    "hw_numa_mem.0": "128", "hw_numa_mem.1": "384"}, guest=FOUR),
    Shape("large pages", {
        "memoryBacking/hugepages/page@size": "2048", "memoryBacking/hugepages/page@unit": "KiB",
        "memoryBacking/hugepages/page@nodeset": "0"}, {"hw:mem_page_size": "large"}),
    Shape("large pages of the image", {"memoryBacking/hugepages/page@size": "2048"},
          {"hw:mem_page_size": "any"}, {"hw_mem_page_size": "2MB"}),
    Shape("locked", {"memoryBacking/locked": True, "memoryBacking/hugepages": False},
          {"hw:locked_memory": "true", "hw:mem_page_size": "small"}),
    Shape("locked by the image", {"memoryBacking/locked": True},
          {"hw:mem_page_size": "small"}, {"hw_locked_memory": "true"}),
    Shape("memory in files", {
        "memoryBacking/source@type": "file", "memoryBacking/access@mode": "shared",
        "memoryBacking/allocation@mode": "immediate", "memoryBacking/discard": True},
        options={"file_backed_memory": 1024}),
    Shape("a balloon", {"devices/memballoon@model": "virtio",
                        "devices/memballoon/stats@period": "10"}),
    Shape("no balloon", {"devices/memballoon@model": "none"},
          options={"mem_stats_period_seconds": 0}),
)  # fmt: skip
