/* Full-text search, R*Tree, JSON and mathematics through the library of the wanted version. */
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

static int asks(sqlite3 *db, const char *sql, const char *expected)
{
    sqlite3_stmt *statement;
    int same = sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK
        && sqlite3_step(statement) == SQLITE_ROW
        && !strcmp((const char *)sqlite3_column_text(statement, 0), expected);
    if (!same)
        fprintf(stderr, "%s: %s\n", sql, sqlite3_errmsg(db));
    sqlite3_finalize(statement);
    return same;
}

int main(int argc, char **argv)
{
    sqlite3 *db;

    if (argc != 2 || strcmp(argv[1], SQLITE_VERSION) || strcmp(argv[1], sqlite3_libversion())) {
        fprintf(stderr, "header %s, library %s\n", SQLITE_VERSION, sqlite3_libversion());
        return 1;
    }
    if (sqlite3_open(":memory:", &db) != SQLITE_OK)
        return 2;
    if (sqlite3_exec(db,
                     "CREATE VIRTUAL TABLE note USING fts5(body);"
                     "INSERT INTO note VALUES ('every library from source'), ('and its tests');"
                     "CREATE VIRTUAL TABLE place USING rtree(id, west, east);"
                     "INSERT INTO place VALUES (7, 1.0, 2.0);", NULL, NULL, NULL) != SQLITE_OK)
        return 3;
    int answered = asks(db, "SELECT body FROM note WHERE note MATCH 'library'", "every library from source")
        && asks(db, "SELECT id FROM place WHERE west < 1.5 AND east > 1.5", "7")
        && asks(db, "SELECT json_extract('{\"a\": [1, 2]}', '$.a[1]')", "2")
        && asks(db, "SELECT CAST(round(pow(2, 10)) AS INTEGER)", "1024");
    sqlite3_close(db);
    return answered && sqlite3_threadsafe() ? 0 : 4;
}
