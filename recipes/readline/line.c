/* Reads one edited line, and finds it in the history. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <readline/readline.h>
#include <readline/history.h>

int main(int argc, char **argv)
{
    if (argc != 2 || strcmp(argv[1], rl_library_version)) {
        fprintf(stderr, "library %s\n", rl_library_version);
        return 1;
    }
    char *line = readline("");
    if (!line || strcmp(line, "hello world")) {
        fprintf(stderr, "read: %s\n", line ? line : "nothing");
        return 2;
    }
    using_history();
    add_history(line);
    free(line);
    HIST_ENTRY *entry = history_get(history_base);
    return entry && !strcmp(entry->line, "hello world") ? 0 : 3;
}
