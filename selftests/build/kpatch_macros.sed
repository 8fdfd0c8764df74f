# net/core/pktgen.c
# A module's fix that was written for kpatch-build: its callbacks, printk and types, with and
# without a semicolon behind a macro.
/^static int pgctrl_show/i\
#include "kpatch-macros.h"\
\
static int kpatch_prepare(patch_object *obj)\
{\
	pr_info("klp: pre_patch of %s\\n", obj->name);\
	return 0;\
}\
KPATCH_PRE_PATCH_CALLBACK(kpatch_prepare)\
static void kpatch_applied(patch_object *obj)\
{\
	pr_info("klp: post_patch of %s\\n", obj->name);\
}\
KPATCH_POST_PATCH_CALLBACK(kpatch_applied);\
static void kpatch_leaving(patch_object *obj)\
{\
	pr_info("klp: pre_unpatch of %s\\n", obj->name);\
}\
KPATCH_PRE_UNPATCH_CALLBACK(kpatch_leaving);\
static void kpatch_undo(patch_object *obj)\
{\
	pr_info("klp: post_unpatch of %s\\n", obj->name);\
}\
KPATCH_POST_UNPATCH_CALLBACK(kpatch_undo);\

/seq_puts(seq, version)/c\
	KPATCH_PRINTK("pktgen: klp: shown to %s\\n", current->comm);\
	seq_printf(seq, "as kpatch: %s", version);
