/* A TLS 1.3 handshake in memory: authority, certificate, key, host name to verify. */
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <string.h>

static int handshake(SSL *client, SSL *server)
{
    for (int round = 0; round < 10; round++) {
        int connected = SSL_do_handshake(client);
        if (connected != 1 && SSL_get_error(client, connected) != SSL_ERROR_WANT_READ)
            return 0;
        int accepted = SSL_do_handshake(server);
        if (accepted != 1 && SSL_get_error(server, accepted) != SSL_ERROR_WANT_READ)
            return 0;
        if (connected == 1 && accepted == 1)
            return 1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    if (argc != 5)
        return 2;
    SSL_CTX *trusting = SSL_CTX_new(TLS_client_method());
    SSL_CTX *serving = SSL_CTX_new(TLS_server_method());
    SSL_CTX_set_verify(trusting, SSL_VERIFY_PEER, NULL);
    if (SSL_CTX_load_verify_file(trusting, argv[1]) != 1
        || SSL_CTX_use_certificate_file(serving, argv[2], SSL_FILETYPE_PEM) != 1
        || SSL_CTX_use_PrivateKey_file(serving, argv[3], SSL_FILETYPE_PEM) != 1)
        return 3;

    SSL *client = SSL_new(trusting), *server = SSL_new(serving);
    BIO *left, *right;
    BIO_new_bio_pair(&left, 0, &right, 0);
    SSL_set_bio(client, left, left);
    SSL_set_bio(server, right, right);
    SSL_set1_host(client, argv[4]);
    SSL_set_connect_state(client);
    SSL_set_accept_state(server);
    if (!handshake(client, server)) {
        ERR_print_errors_fp(stderr);
        return 4;
    }

    char word[6] = "";
    if (SSL_write(server, "hello", 5) != 5 || SSL_read(client, word, 5) != 5 || strcmp(word, "hello"))
        return 5;
    return strcmp(SSL_get_version(client), "TLSv1.3") ? 6 : 0;
}
