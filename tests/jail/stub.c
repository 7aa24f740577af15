/* Every program of the jail: notes its directory, some variables and its words, then pretends, or becomes the real one.
 *
 * Programs that make text or start others run for real (REAL), so that what follows from them happens; all others do
 * nothing: they print a line (but for QUIET ones) and end with a status made of their words, so that both happen.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#define LOG "/.log/commands"
#define MISSED "/.log/missed" /* called by bash for a name that is no program */
#define RECORD_LIMIT (1 << 18)

static const char *const REAL[] = {
    "[", "awk", "base32", "base64", "basename", "bash", "bunzip2", "bzip2", "cat", "chmod", "cksum", "comm", "cp",
    "cut", "dash", "date", "dirname", "echo", "egrep", "env", "expand", "expr", "factor", "false", "fgrep", "find",
    "flock", "fmt", "fold", "grep", "gunzip", "gzip", "head", "hexdump", "id", "install", "join", "link", "ln", "ls",
    "mawk", "md5sum", "mkdir", "mktemp", "mv", "nice", "nl", "nohup", "nproc", "numfmt", "od", "paste", "pr",
    "printenv", "printf", "pwd", "readlink", "realpath", "rev", "sed", "seq", "setsid", "sh", "sha256sum", "shuf",
    "sort", "split", "stat", "stdbuf", "tac", "tail", "tee", "test", "timeout", "touch", "tr", "true", "uname", "uniq",
    "uudecode", "wc", "xargs", "xxd", "xz", "yes", "zcat", "zsh", 0};
static const char *const PASSES[] = {"doas", "sudo", "ionice", "chronic", 0};
static const char *const QUIET[] = {"rm", "rmdir", "unlink", "shred", "dd", "mkfs", "kill", "chown", "sleep", "truncate",
                                    "mount", "umount", 0};
static const char *const TOLD[] = {"AWS_PROFILE", "KUBECONFIG", "PGHOST", 0};

static int among(const char *name, const char *const *names) {
    for (; *names; names++)
        if (!strcmp(name, *names)) return 1;
    return 0;
}

static size_t put(char *record, size_t at, const char *text) {
    size_t length = strlen(text) + 1;
    if (at + length > RECORD_LIMIT) return at;
    memcpy(record + at, text, length);
    return at + length;
}

static void note(int count, char **words) {
    static char record[RECORD_LIMIT];
    char cwd[PATH_MAX], number[16];
    size_t at = put(record, 0, getcwd(cwd, sizeof cwd) ? cwd : "?");
    for (const char *const *name = TOLD; *name; name++) at = put(record, at, getenv(*name) ? getenv(*name) : "\001");
    snprintf(number, sizeof number, "%d", count);
    at = put(record, at, number);
    for (int i = 0; i < count; i++) at = put(record, at, words[i]);
    int log = open(LOG, O_WRONLY | O_APPEND | O_CLOEXEC);
    if (log >= 0 && write(log, record, at) < 0) _exit(126);
    if (log >= 0) close(log);
}

static unsigned digest(int count, char **words) {
    unsigned sum = 2166136261u;
    for (int i = 0; i < count; i++)
        for (const char *c = words[i]; *c; c++) sum = (sum ^ (unsigned char)*c) * 16777619u;
    return sum;
}

static const char *base(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static const char *named(int argc, char **argv) { /* by the file that was started, whatever it was told it is called */
    char *file = (char *)getauxval(AT_EXECFN);
    int script = file && argc > 1 && !strcmp(file, argv[1]); /* `#!`: the interpreter's name is told */
    if (file && !script && strcmp(base(file), base(argv[0]))) argv[0] = strncmp(file, "/usr/bin/", 9) ? file : file + 9;
    return base(argv[0]);
}

int main(int argc, char **argv) {
    if (argc < 1) return 126;
    if (!strcmp(argv[0], MISSED)) {
        if (argc > 1) note(argc - 1, argv + 1);
        return 127;
    }
    const char *name = named(argc, argv);
    note(argc, argv);
    if (among(name, PASSES) && argc > 1 && argv[1][0] != '-') {
        execvp(argv[1], argv + 1);
        return 127;
    }
    if (among(name, REAL)) {
        char path[PATH_MAX];
        snprintf(path, sizeof path, "/.real/%s", strcmp(name, "awk") ? name : "mawk");
        if (!strcmp(name, "zcat") || !strcmp(name, "gunzip")) { /* scripts, which would show gzip */
            char *words[] = {"gzip", "-cd", argc > 1 ? argv[1] : NULL, NULL};
            execv("/.real/gzip", words);
        }
        if (!access(path, X_OK)) {
            execv(path, argv);
            return 126;
        }
    }
    if (!strcmp(name, "which")) {
        for (int i = 1; i < argc; i++) printf("/usr/bin/%s\n", argv[i]);
        return 0;
    }
    if (!among(name, QUIET)) printf("%s-out\n", name);
    return (digest(argc, argv) >> 7) % 4 == 0;
}
