# fs/proc/meminfo.c
# A weak function that x86 has its own of, so that nothing runs this one; and one that is run.
/^void __attribute__((weak)) arch_report_meminfo/,/^}/s/^{/{\n	seq_puts(m, "Arch: none\\n");/
s/"MemFree:        "/"MEMFREE:        "/
