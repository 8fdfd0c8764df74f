# fs/proc/fd.h
# A header: nothing uses what is new in it, so no unit is concerned.
/^static inline/i\
static inline int klp_unused(void)\
{\
	return 1;\
}\

