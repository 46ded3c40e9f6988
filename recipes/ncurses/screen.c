/* Draws a wide-character text into a panel and reads it back from the screen. */
#include <locale.h>
#include <panel.h>
#include <string.h>

int main(void)
{
    char seen[32] = "";

    if (!setlocale(LC_ALL, "") || !initscr())
        return 1;
    WINDOW *window = newwin(3, 20, 1, 1);
    PANEL *panel = new_panel(window);
    box(window, 0, 0);
    mvwaddstr(window, 1, 2, "grüße");
    update_panels();
    doupdate();
    mvwinnstr(window, 1, 2, seen, (int)strlen("grüße"));
    del_panel(panel);
    endwin();
    return strcmp(seen, "grüße") ? 2 : 0;
}
