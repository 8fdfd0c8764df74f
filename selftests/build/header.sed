# fs/proc/fd.h
# A header, whose every user is compiled: nothing uses what is new.
/^static inline/i\
static inline int klp_unused(void)\
{\
	return 1;\
}\

