/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libklp reads, checks, loads, verifies and unloads kernel livepatches. This is the C ABI, for
 * other tools to link; libklp(3) has an example.
 *
 * Conventions:
 *
 * 1. Objects are opaque structs. A function whose last parameter is ret makes an object;
 *    TYPE_free() frees it, and takes NULL as well. No object needs another one to stay: a
 *    caller may free the arguments of libklp_check() before the report.
 * 2. A function that can fail returns an int: 0, or -errno; after -errno *ret is untouched.
 *    libklp_last_error() gives the message. -ENOMEM is possible wherever libklp makes an
 *    object, and -EIO where a lower layer failed in a way that libklp does not know; no
 *    function below mentions these two again. A patch name that no module can have (empty,
 *    too long, with a '/' or a '.' in front) is -EINVAL.
 * 3. libklp_load() and libklp_unload() end in one of several ways. They return 0 for the
 *    wanted end, else an enum libklp_result, above 0, and the outcome in *ret; or -errno
 *    and no outcome.
 * 4. Structs with visible fields are of two sorts. The library alone makes records, which
 *    may gain fields at their end: use a record through a pointer, don't copy it. The
 *    caller makes options, which begin with their own size and may gain fields too. An
 *    options field that is 0 has its default: {.size = sizeof(options)} asks for nothing
 *    special, as does NULL in place of the struct.
 * 5. The caller gets the elements of a list by index, from 0; past the last one it is NULL.
 * 6. Records, strings and objects that are const belong to the object that returned them,
 *    and live as long as this object. Strings end in NUL. Sentences are UTF-8; names are
 *    the bytes of the file or the kernel. A task's name may contain a newline or an escape
 *    sequence, so mask names before a terminal or a log gets them. No pointer is NULL,
 *    given or returned, unless a comment here says so.
 * 7. Times are in milliseconds (_ms), sizes in bytes. A "bool" is an int, 0 or 1.
 * 8. One thread at a time may use an object; any number may use distinct objects at once.
 *    libklp runs callbacks on the calling thread; they must neither throw nor longjmp.
 * 9. libklp prints nothing. Each load and unload leaves one record in the system log.
 *    Signals are the caller's: a caller passes an interrupt on through interrupt_fd.
 * 10. Released symbols and fields stay. Enums gain values: a caller must accept a value
 *    that is not in this header.
 */
#ifndef KLP_KLP_H
#define KLP_KLP_H

#include <limits.h>
#include <stddef.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define LIBKLP_API __attribute__((visibility("default")))
#else
#define LIBKLP_API
#endif

/* The version of this header, and that of the library found at run time. */
#define LIBKLP_VERSION "0.1.0"
LIBKLP_API const char *libklp_version(void);

/*
 * The message of this thread's last call that did not return 0; "" before the first such call.
 */
LIBKLP_API const char *libklp_last_error(void);

enum libklp_answer {
	LIBKLP_NO = 0,
	LIBKLP_YES = 1,
	LIBKLP_UNKNOWN = 2,
	LIBKLP_ANSWER_PAD = INT_MAX /* so that the size stays, here and below */
};

/* The facts of the running kernel. */
struct libklp_kernel;

/* Works without root and without livepatch support; a check is then undecided. */
LIBKLP_API int libklp_kernel_running(struct libklp_kernel **ret);
LIBKLP_API void libklp_kernel_free(struct libklp_kernel *kernel);
LIBKLP_API const char *libklp_kernel_release(const struct libklp_kernel *kernel);
LIBKLP_API int libklp_kernel_has_livepatch(const struct libklp_kernel *kernel);

/* A livepatch module on disk, compressed or not: parsed, not loaded. */
struct libklp_patch;

/*
 * The layout of the livepatch structures comes from the BTF of kernel; with NULL it is that of
 * Linux 6.1 to 7.3 on x86-64. -EBADMSG when the file is no well-formed module (the kernel would
 * answer ENOEXEC) or has more than 64 MiB, packed or unpacked; else the errno of reading. libklp opens a module that is
 * no livepatch; libklp_check() then reports it.
 */
LIBKLP_API int libklp_patch_open(const char *path, struct libklp_kernel *kernel,
				 struct libklp_patch **ret);
/* The same from bytes, which libklp copies; path is for messages only. */
LIBKLP_API int libklp_patch_parse(const char *path, const void *bytes, size_t size,
				  struct libklp_kernel *kernel, struct libklp_patch **ret);
LIBKLP_API void libklp_patch_free(struct libklp_patch *patch);

LIBKLP_API const char *libklp_patch_path(const struct libklp_patch *patch);
LIBKLP_API const char *libklp_patch_name(const struct libklp_patch *patch);
/* SHA-256 of the unpacked bytes, which libklp_load() inserts. */
LIBKLP_API const char *libklp_patch_sha256(const struct libklp_patch *patch);
LIBKLP_API const void *libklp_patch_bytes(const struct libklp_patch *patch, size_t *size);
/* NULL when the module has none. */
LIBKLP_API const char *libklp_patch_vermagic(const struct libklp_patch *patch);
/* In hexadecimal, "" when the module has none. */
LIBKLP_API const char *libklp_patch_build_id(const struct libklp_patch *patch);
LIBKLP_API int libklp_patch_is_livepatch(const struct libklp_patch *patch);
LIBKLP_API int libklp_patch_is_signed(const struct libklp_patch *patch);
/* Whether the patch removes all other patches; unknown where that is decided when it loads. */
LIBKLP_API enum libklp_answer libklp_patch_replace(const struct libklp_patch *patch);

/* An object that the patch changes; it may have callbacks and no functions. */
struct libklp_object {
	const char *name;      /* "vmlinux" or a module's */
	const char *callbacks; /* such as "pre_patch post_unpatch", or "" */
};
/* A function that the patch replaces. */
struct libklp_function {
	const char *object;
	const char *name;
	unsigned long sympos;    /* 0: the name must be unique; else the position, from 1 */
	const char *replacement; /* its symbol, "" where the patch brings none */
};
/* A system state that the patch changes (klp_state). */
struct libklp_state {
	unsigned long id;
	unsigned int version;
};

LIBKLP_API const struct libklp_object *libklp_patch_object(const struct libklp_patch *patch,
							   size_t index);
LIBKLP_API const struct libklp_function *libklp_patch_function(const struct libklp_patch *patch,
							       size_t index);
LIBKLP_API const struct libklp_state *libklp_patch_state(const struct libklp_patch *patch,
							 size_t index);
/* The names of the module's parameters. */
LIBKLP_API const char *libklp_patch_parameter(const struct libklp_patch *patch, size_t index);
/* The facts that are not in the file and show when the patch loads, one sentence each. */
LIBKLP_API const char *libklp_patch_unknown(const struct libklp_patch *patch, size_t index);

/* The defects that a livepatch fixes, as its author named them. */
struct libklp_label;

/* -EBADMSG for a label that libklp cannot read. */
LIBKLP_API int libklp_patch_label(const struct libklp_patch *patch, struct libklp_label **ret);
/* The label of a patch in memory, whoever loaded it. -ENOENT when no patch of this name is loaded. */
LIBKLP_API int libklp_loaded_label(struct libklp_kernel *kernel, const char *name,
				   struct libklp_label **ret);
LIBKLP_API void libklp_label_free(struct libklp_label *label);
/* Such as "CVE-2026-1234". */
LIBKLP_API const char *libklp_label_fix(const struct libklp_label *label, size_t index);
/* bool: the module's name alone has the fixes, such as livepatch_cve_2026_1234. */
LIBKLP_API int libklp_label_by_name(const struct libklp_label *label);
/* "" where the patch has none, here and below. */
LIBKLP_API const char *libklp_label_version(const struct libklp_label *label);
LIBKLP_API const char *libklp_label_url(const struct libklp_label *label);

/* The findings of a check, and its verdict. */
struct libklp_report;

enum libklp_verdict {
	LIBKLP_VERDICT_LOADS = 0,
	LIBKLP_VERDICT_REFUSED = 1,
	LIBKLP_VERDICT_UNDECIDED = 2, /* nothing prevents loading, but something was not seen */
	LIBKLP_VERDICT_PAD = INT_MAX
};
enum libklp_severity {
	LIBKLP_SEVERITY_NOTE = 0,
	LIBKLP_SEVERITY_WARNING = 1,
	LIBKLP_SEVERITY_ERROR = 2,
	LIBKLP_SEVERITY_PAD = INT_MAX
};
struct libklp_finding {
	const char *id; /* "release-mismatch"; all are in klp-findings(7) */
	enum libklp_severity severity;
	int kernel_errno;     /* errno of finit_module(2), 0 where the kernel lets it pass */
	const char *object;   /* "" where the finding affects the complete patch */
	const char *function; /* or symbol; "" as above */
	const char *message;
	const char *cure; /* the remedy; "" where there is none */
	int undecides;    /* bool: something could not be seen */
};

/*
 * Makes every check and loads nothing. parameters are those that the patch is to be loaded with,
 * "name=value name=value", or NULL.
 */
LIBKLP_API int libklp_check(const struct libklp_patch *patch, struct libklp_kernel *kernel,
			    const char *parameters, struct libklp_report **ret);
LIBKLP_API void libklp_report_free(struct libklp_report *report);
LIBKLP_API enum libklp_verdict libklp_report_verdict(const struct libklp_report *report);
/* The errno of the first finding in the kernel's order; 0 if the kernel would accept the patch. */
LIBKLP_API int libklp_report_kernel_errno(const struct libklp_report *report);
/* Errors come first, in the order in which the kernel meets their causes. */
LIBKLP_API const struct libklp_finding *libklp_report_finding(const struct libklp_report *report,
							      size_t index);
/*
 * Removes the findings of this id, which frees all records of the report. -EINVAL where no such id
 * exists, where the kernel itself refuses a patch for it, or where it is no error.
 */
LIBKLP_API int libklp_report_allow(struct libklp_report *report, const char *id);

/* The patches in /sys/kernel/livepatch at the time of the call. */
struct libklp_loaded;

enum libklp_phase {
	LIBKLP_PHASE_ENABLED = 0,    /* every task runs the new code */
	LIBKLP_PHASE_PATCHING = 1,   /* in transition towards it */
	LIBKLP_PHASE_UNPATCHING = 2, /* in transition away from it */
	LIBKLP_PHASE_DISABLED = 3,   /* about to leave sysfs */
	LIBKLP_PHASE_PAD = INT_MAX
};
struct libklp_loaded_patch {
	const char *name;
	enum libklp_phase phase;
	enum libklp_answer replace; /* since Linux 6.11 */
	unsigned int stack_order;   /* 1 is the first; 0: unknown, before Linux 6.14 */
};

/* -ENOENT where the kernel has no livepatch support. */
LIBKLP_API int libklp_loaded_list(struct libklp_kernel *kernel, struct libklp_loaded **ret);
LIBKLP_API void libklp_loaded_free(struct libklp_loaded *loaded);
LIBKLP_API const struct libklp_loaded_patch *libklp_loaded_get(const struct libklp_loaded *loaded,
								 size_t index);

/* Whether a loaded patch is active, as far as libklp could see. */
struct libklp_verification;

enum libklp_force {
	LIBKLP_FORCE_IN_FORCE = 0,   /* enabled, no transition, each function redirected */
	LIBKLP_FORCE_UNVERIFIED = 1, /* enabled, but something could not be proved */
	LIBKLP_FORCE_NOT_IN_FORCE = 2,
	LIBKLP_FORCE_UNDECIDED = 3, /* could not be seen */
	LIBKLP_FORCE_SUPERSEDED = 4, /* enabled, but a later livepatch has one of its functions */
	LIBKLP_FORCE_PAD = INT_MAX
};
enum libklp_redirection {
	LIBKLP_REDIRECTION_REDIRECTED = 0, /* calls reach the new code */
	LIBKLP_REDIRECTION_SUPERSEDED = 1, /* calls reach a later livepatch */
	LIBKLP_REDIRECTION_WAITING = 2,    /* its module is not loaded */
	LIBKLP_REDIRECTION_UNPROVED = 3,   /* redirected, but perhaps not to the new code */
	LIBKLP_REDIRECTION_NOT_REDIRECTED = 4,
	LIBKLP_REDIRECTION_UNSEEN = 5, /* could not be read */
	LIBKLP_REDIRECTION_PAD = INT_MAX
};
struct libklp_verified_function {
	const char *object;
	const char *name;
	unsigned long sympos; /* from 1 */
	enum libklp_redirection redirection;
	const char *why; /* "" for redirected */
};

/* -ENOENT when no patch of this name is loaded. A name has '_' where the file's name has '-'. */
LIBKLP_API int libklp_verify(struct libklp_kernel *kernel, const char *name,
			     struct libklp_verification **ret);
LIBKLP_API void libklp_verification_free(struct libklp_verification *verification);
LIBKLP_API enum libklp_force
libklp_verification_verdict(const struct libklp_verification *verification);
LIBKLP_API const struct libklp_loaded_patch *
libklp_verification_patch(const struct libklp_verification *verification);
LIBKLP_API const struct libklp_verified_function *
libklp_verification_function(const struct libklp_verification *verification, size_t index);

/* A list of tasks, such as those that keep a transition from its end. */
struct libklp_tasks;

struct libklp_task {
	pid_t tid;
	pid_t tgid;
	const char *comm;
	int kernel_thread;    /* bool */
	char state;           /* R, S, D ... as in proc(5) */
	const char *function; /* the patch's function on the task's stack; "" when none is seen */
	const char *waits_in; /* the function it sleeps in; "" where it runs or is hidden */
};

/*
 * The tasks that keep a patch in transition; none for a patch that is in no transition. -EACCES
 * where the caller may not see this.
 */
LIBKLP_API int libklp_tasks_in_transition(struct libklp_kernel *kernel, const char *name,
					  struct libklp_tasks **ret);
LIBKLP_API void libklp_tasks_free(struct libklp_tasks *tasks);
LIBKLP_API const struct libklp_task *libklp_tasks_get(const struct libklp_tasks *tasks,
						       size_t index);

enum libklp_on_timeout {
	LIBKLP_ON_TIMEOUT_REVERSE = 0, /* libklp reverses the transition */
	LIBKLP_ON_TIMEOUT_KEEP = 1,    /* the transition goes on by itself */
	LIBKLP_ON_TIMEOUT_PAD = INT_MAX
};
struct libklp_progress {
	unsigned int elapsed_ms;
	unsigned int left_ms; /* to the deadline */
	const struct libklp_tasks *remaining;
};
typedef void libklp_progress_fn(const struct libklp_progress *progress, void *user);
typedef void libklp_checked_fn(const struct libklp_report *report, void *user);

/* How soon klp_runtime wakes sleeping tasks out of old functions; see klp_runtime(4). */
enum libklp_urgency {
	LIBKLP_URGENCY_NORMAL = 0,
	LIBKLP_URGENCY_GENTLE = 1,
	LIBKLP_URGENCY_NOW = 2,
	LIBKLP_URGENCY_PAD = INT_MAX
};

/* The aids that a load or an unload does without: bits of "without". */
#define LIBKLP_WITHOUT_ASSIST 1u  /* no nice boost, and no processes on other CPUs */
#define LIBKLP_WITHOUT_BPF 2u
#define LIBKLP_WITHOUT_RUNTIME 4u /* klp_runtime.ko */

struct libklp_load_options {
	size_t size;             /* sizeof(struct libklp_load_options) */
	unsigned int timeout_ms; /* for the complete load, 60 000; a reversal has as long again */
	enum libklp_on_timeout on_timeout;
	int interrupt_fd;         /* reverses the load when it becomes readable; 0 or -1: none */
	int allow_unverified;     /* bool: "enabled, not completely verified" is success too */
	const char *const *allow; /* ids of findings to pass over, ending with NULL */
	const char *parameters;   /* as in libklp_check() */
	libklp_checked_fn *checked;   /* called with the check's report, before anything is tried */
	libklp_progress_fn *progress; /* called after 50 ms, then once a second, while it goes on */
	void *user;                   /* for both */
	unsigned int without;
	enum libklp_urgency urgency;
};
struct libklp_unload_options {
	size_t size; /* sizeof(struct libklp_unload_options) */
	unsigned int timeout_ms;
	enum libklp_on_timeout on_timeout;
	int interrupt_fd;
	int reserved; /* must be 0 */
	libklp_progress_fn *progress;
	void *user;
	unsigned int without;
	enum libklp_urgency urgency;
};

/* How a load or an unload ended. */
struct libklp_outcome;

enum libklp_result {
	LIBKLP_RESULT_DONE = 0,    /* active and verified; or disabled and out of memory */
	LIBKLP_RESULT_REFUSED = 1, /* load: a finding prevented loading; nothing was tried */
	LIBKLP_RESULT_FAILED = 2,  /* the kernel refused, or it was not tried; as before */
	LIBKLP_RESULT_REVERSED = 3,      /* begun, then completely reversed */
	LIBKLP_RESULT_IN_TRANSITION = 4, /* begun and not ended */
	LIBKLP_RESULT_OVERRIDDEN = 5,    /* load: enabled, calls don't reach the new code */
	LIBKLP_RESULT_UNVERIFIED = 6,    /* load: enabled, not everything could be proved */
	LIBKLP_RESULT_ABSENT = 7,        /* unload: there is no such patch */
	LIBKLP_RESULT_LINGERING = 8,     /* unload: disabled, but a task may be in its code */
	LIBKLP_RESULT_PAD = INT_MAX
};
struct libklp_times {
	double check_ms;
	double insert_ms;
	double transition_ms;
	double verify_ms;
	double drain_ms; /* unload: until no task was in its code */
	double total_ms;
};

/*
 * Applies and verifies a patch, or leaves the kernel as it was. Needs root. Returns 0 when the
 * patch is active, or was active already. -EINVAL for bad options, -E2BIG for options that this
 * library does not know. Only -ENOMEM and -EIO leave open how far the load got: libklp_verify()
 * then tells.
 */
LIBKLP_API int libklp_load(const struct libklp_patch *patch, struct libklp_kernel *kernel,
			   const struct libklp_load_options *options, struct libklp_outcome **ret);
/* Disables a patch and deletes its module; otherwise like libklp_load(). */
LIBKLP_API int libklp_unload(const char *name, struct libklp_kernel *kernel,
			     const struct libklp_unload_options *options,
			     struct libklp_outcome **ret);
LIBKLP_API void libklp_outcome_free(struct libklp_outcome *outcome);

LIBKLP_API enum libklp_result libklp_outcome_result(const struct libklp_outcome *outcome);
/* As in klp's JSON: "applied", "unloaded", "in-transition" ... */
LIBKLP_API const char *libklp_outcome_result_name(const struct libklp_outcome *outcome);
LIBKLP_API const char *libklp_outcome_message(const struct libklp_outcome *outcome);
/* A positive errno; 0 when the load or unload is done. */
LIBKLP_API int libklp_outcome_errno(const struct libklp_outcome *outcome);
/* bool: the state is neither the wanted one nor the former one; the message describes it. */
LIBKLP_API int libklp_outcome_changed(const struct libklp_outcome *outcome);
/* bool: the same bytes were loaded before. */
LIBKLP_API int libklp_outcome_already_loaded(const struct libklp_outcome *outcome);
/*
 * The source of the transition's events: "runtime", "kmsg", "bpf" or "sysfs"; "" if no transition
 * began.
 */
LIBKLP_API const char *libklp_outcome_mode(const struct libklp_outcome *outcome);
LIBKLP_API const struct libklp_times *libklp_outcome_times(const struct libklp_outcome *outcome);
/* The check's report; empty for an unload. */
LIBKLP_API const struct libklp_report *libklp_outcome_report(const struct libklp_outcome *outcome);
/* NULL where libklp did not verify the patch. */
LIBKLP_API const struct libklp_verification *
libklp_outcome_verification(const struct libklp_outcome *outcome);
/* The tasks that were left at the deadline. */
LIBKLP_API const struct libklp_tasks *
libklp_outcome_blockers(const struct libklp_outcome *outcome);
/* The kernel log's messages about the patch meanwhile. */
LIBKLP_API const char *libklp_outcome_kernel_message(const struct libklp_outcome *outcome,
						     size_t index);

/*
 * Inserts the bytes and does nothing else: no check, no lock, no wait, no record. The error is
 * that of finit_module(2). parameters may be NULL.
 */
LIBKLP_API int libklp_insert(const struct libklp_patch *patch, const char *parameters);

#ifdef __cplusplus
}
#endif

#endif
