/* Compresses and restores a text, and compares header, library and wanted version. */
#include <lzma.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    uint8_t text[10000], packed[10000], unpacked[10000];
    size_t packed_size = 0, read = 0, unpacked_size = 0;
    uint64_t memory = 1 << 28;

    if (argc != 2 || strcmp(argv[1], LZMA_VERSION_STRING) || strcmp(argv[1], lzma_version_string())) {
        fprintf(stderr, "header %s, library %s\n", LZMA_VERSION_STRING, lzma_version_string());
        return 1;
    }
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = "conda"[i % 5];
    if (lzma_easy_buffer_encode(6, LZMA_CHECK_CRC64, NULL, text, sizeof text,
                                packed, &packed_size, sizeof packed) != LZMA_OK)
        return 2;
    if (packed_size > 300)
        return 3;
    if (lzma_stream_buffer_decode(&memory, 0, NULL, packed, &read, packed_size,
                                  unpacked, &unpacked_size, sizeof unpacked) != LZMA_OK)
        return 4;
    return unpacked_size != sizeof text || memcmp(text, unpacked, sizeof text) ? 5 : 0;
}
