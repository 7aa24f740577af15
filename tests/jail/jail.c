/* Runs shell text where nothing can be harmed: namespaces of its own, no network, a root of its own.
 *
 *   jail ROOT STUB NAMES LAYOUT < texts > records
 *
 * ROOT is an empty directory; STUB the program that stands for every name in NAMES (one a line); LAYOUT holds records
 * of three fields, each ended by a NUL: kind (d, f, x, l, e), path, content. On standard input come texts, each ended
 * by a NUL and preceded by its shell. For each, a record goes out: status and length (4 bytes each), and what the stubs
 * noted. The machine's own files are seen read-only, and only those below /usr; each text gets fresh ones to change.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LOG "/.log/commands"
#define LOG_LIMIT (1 << 20)
#define ENVIRON_LIMIT 64
#define PATIENCE 2.0 /* seconds for one text, and what it left in the background */

static char *root;

static void must(int result, const char *what) {
    if (result >= 0) return;
    fprintf(stderr, "jail: %s: %s\n", what, strerror(errno));
    exit(3);
}

static void put(const char *path, const char *text, size_t length, int mode) {
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    must(file, path);
    must((int)write(file, text, length), path);
    close(file);
}

static char *slurp(const char *path, size_t *length) {
    FILE *file = fopen(path, "rb");
    must(file ? 0 : -1, path);
    char *text = NULL;
    size_t room = 0;
    *length = 0;
    do {
        room = room ? 2 * room : 65536;
        text = realloc(text, room + 1);
        *length += fread(text + *length, 1, room - *length, file);
    } while (*length == room);
    fclose(file);
    text[*length] = 0;
    return text;
}

static char *below(const char *path) {
    static char found[8][4096];
    static int turn;
    turn = (turn + 1) % 8;
    snprintf(found[turn], sizeof found[turn], "%s%s", root, path);
    return found[turn];
}

static void shown(const char *from, const char *to) { /* a read-only view of the machine's own */
    struct statvfs facts;
    must(mount(from, to, NULL, MS_BIND | MS_REC, NULL), to);
    must(statvfs(to, &facts), to);
    unsigned long kept = facts.f_flag & (ST_NOSUID | ST_NODEV | ST_NOEXEC | ST_NOATIME | ST_NODIRATIME | ST_RELATIME);
    must(mount(NULL, to, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY | kept, NULL), "read-only");
}

static void names(const char *stub, const char *list) {
    size_t length;
    char *text = slurp(stub, &length), path[4096];
    put(below("/.log/missed"), text, length, 0755);
    free(text);
    text = slurp(list, &length);
    for (char *name = strtok(text, "\n"); name; name = strtok(NULL, "\n")) {
        snprintf(path, sizeof path, "%s/usr/bin/%s", root, name);
        must(link(below("/.log/missed"), path), path);
    }
    free(text);
}

static void build(const char *stub, const char *list) {
    static const char *const folders[] = {"/usr", "/usr/bin", "/usr/lib", "/usr/lib64", "/.real", "/.log", "/.old", "/dev",
                                          "/proc", "/etc", "/tmp", "/home", 0};
    static const char *const devices[] = {"/dev/null", "/dev/zero", "/dev/urandom", 0};
    must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "private");
    must(mount("tmpfs", root, "tmpfs", MS_NOSUID | MS_NODEV, "size=64m"), "root");
    for (const char *const *each = folders; *each; each++) must(mkdir(below(*each), 0755), *each);
    shown("/usr/lib", below("/usr/lib"));
    if (!access("/usr/lib64", F_OK)) shown("/usr/lib64", below("/usr/lib64"));
    shown("/usr/bin", below("/.real"));
    for (const char *const *each = devices; *each; each++) {
        put(below(*each), "", 0, 0666);
        must(mount(*each, below(*each), NULL, MS_BIND, NULL), *each);
    }
    must(symlink("usr/bin", below("/bin")), "bin");
    must(symlink("usr/bin", below("/sbin")), "sbin");
    must(symlink("usr/lib", below("/lib")), "lib");
    must(symlink("usr/lib64", below("/lib64")), "lib64");
    must(symlink("/proc/self/fd", below("/dev/fd")), "fd");
    must(symlink("/proc/self/fd/0", below("/dev/stdin")), "stdin");
    must(symlink("/proc/self/fd/1", below("/dev/stdout")), "stdout");
    must(symlink("/proc/self/fd/2", below("/dev/stderr")), "stderr");
    must(mount("proc", below("/proc"), "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL), "proc");
    put(below("/etc/passwd"), "dev:x:0:0::/home/dev:/bin/bash\n", 31, 0644);
    names(stub, list);
    must((int)syscall(SYS_pivot_root, root, below("/.old")), "pivot_root");
    must(chdir("/"), "/");
    must(umount2("/.old", MNT_DETACH), "old root");
    rmdir("/.old");
}

static void lay_out(char *layout, size_t length, char **environ_) { /* fresh files, and the environment */
    int count = 0;
    must(mount("tmpfs", "/home", "tmpfs", MS_NOSUID | MS_NODEV, "size=8m"), "home");
    must(mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "size=8m"), "tmp");
    for (char *at = layout; at < layout + length;) {
        char *kind = at, *path = kind + strlen(kind) + 1, *content = path + strlen(path) + 1;
        at = content + strlen(content) + 1;
        if (*kind == 'd') must(mkdir(path, 0755), path);
        else if (*kind == 'l') must(symlink(content, path), path);
        else if (*kind == 'e' && count < ENVIRON_LIMIT - 1) environ_[count++] = content;
        else if (*kind != 'e') put(path, content, strlen(content), *kind == 'x' ? 0755 : 0644);
    }
    environ_[count] = NULL;
}

static void confine(void) { /* no power over mounts, no growth, no new privileges */
    struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct none[2];
    memset(none, 0, sizeof none);
    must(prctl(PR_SET_SECUREBITS, SECBIT_NOROOT | SECBIT_NOROOT_LOCKED, 0, 0, 0), "securebits");
    must((int)syscall(SYS_capset, &head, none), "capset");
    must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs");
    setrlimit(RLIMIT_CPU, &(struct rlimit){2, 2});
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){LOG_LIMIT, LOG_LIMIT});
    setrlimit(RLIMIT_AS, &(struct rlimit){512 << 20, 512 << 20});
    setrlimit(RLIMIT_NPROC, &(struct rlimit){256, 256});
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
}

static void become(char *shell, char *text, char *layout, size_t length) {
    char *environ_[ENVIRON_LIMIT], path[64];
    char *words[] = {shell, "-c", text, NULL};
    must(unshare(CLONE_NEWNS), "own files");
    lay_out(layout, length, environ_);
    must(chdir("/home/dev/shop"), "home");
    int nothing = open("/dev/null", O_RDWR);
    for (int each = 0; each < 3; each++) dup2(nothing, each);
    if (nothing > 2) close(nothing);
    setsid();
    confine();
    snprintf(path, sizeof path, "/.real/%s", shell);
    execve(path, words, environ_);
    _exit(126);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static int settled(pid_t first) { /* the status of the shell, once all it started has ended or was made to */
    int status = 0, one, ended = 0;
    double begun = now();
    for (;;) {
        pid_t pid = waitpid(-1, &one, WNOHANG);
        if (pid == first) status = one, ended = 1;
        if (pid < 0) break;
        if (pid == 0) {
            if (now() - begun > PATIENCE) {
                if (!ended) status = -1;
                kill(-1, SIGKILL); /* from the first process of this namespace: all others in it */
                begun = now();
            }
            usleep(300);
        }
    }
    return status;
}

static void serve(char *layout, size_t length) {
    size_t input, size;
    char *texts = slurp("/proc/self/fd/0", &input);
    for (char *at = texts; at < texts + input;) {
        char *shell = at, *text = shell + strlen(shell) + 1;
        at = text + strlen(text) + 1;
        put(LOG, "", 0, 0666);
        fflush(stdout);
        pid_t child = fork();
        must(child, "fork");
        if (!child) become(shell, text, layout, length);
        int32_t status = settled(child);
        char *noted = slurp(LOG, &size);
        uint32_t told = (uint32_t)size;
        fwrite(&status, 4, 1, stdout);
        fwrite(&told, 4, 1, stdout);
        fwrite(noted, 1, size, stdout);
        free(noted);
    }
    fflush(stdout);
}

static void map(const char *path, unsigned outside) {
    char text[64];
    int length = snprintf(text, sizeof text, "0 %u 1", outside), file = open(path, O_WRONLY);
    must(file, path);
    must((int)write(file, text, (size_t)length), path);
    close(file);
}

int main(int argc, char **argv) {
    size_t length;
    if (argc != 5) return 2;
    root = argv[1];
    char *layout = slurp(argv[4], &length);
    unsigned user = geteuid(), group = getegid();
    must(unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS), "unshare");
    int file = open("/proc/self/setgroups", O_WRONLY);
    if (file >= 0 && write(file, "deny", 4) == 4) close(file);
    map("/proc/self/uid_map", user);
    map("/proc/self/gid_map", group);
    pid_t first = fork();
    must(first, "fork");
    if (first) {
        int status;
        waitpid(first, &status, 0);
        return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    build(argv[2], argv[3]);
    serve(layout, length);
    return 0;
}
