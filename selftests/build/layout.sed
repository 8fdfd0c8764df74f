# net/core/pktgen.c
# A field in the middle of a structure that exists already.
/^struct pktgen_net {/a\
	int klp_new_field;
