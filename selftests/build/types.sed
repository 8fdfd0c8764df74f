# kernel/bpf/bpf_lsm.c
# A set of BTF ids has one less: the patch has a set of its own, filled in.
/^BTF_ID(func, bpf_lsm_bpf_prog)/d
