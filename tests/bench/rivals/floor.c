/* The floor: the least that a chat server can do. One epoll loop; what one says is sent to all others as it came. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 65536 };
static int members[MOST], count;

static void drop(int fd) {
    for (int i = 0; i < count; i++)
        if (members[i] == fd) members[i] = members[--count];
    close(fd);
}

static void say(int from, const char *data, ssize_t size) {
    for (int i = 0; i < count; i++)
        if (members[i] != from && send(members[i], data, size, MSG_NOSIGNAL) != size) {
            perror("send");
            exit(1);
        }
}

int main(void) {
    static char data[1 << 18];
    struct epoll_event events[1024];
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0), poll = epoll_create1(0), one = 1;
    bind(listener, (struct sockaddr *)&address, sizeof address);
    listen(listener, 4096);
    getsockname(listener, (struct sockaddr *)&address, &size);
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    struct epoll_event event = {.events = EPOLLIN, .data = {.fd = listener}};
    epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        int ready = epoll_wait(poll, events, 1024, -1);
        for (int i = 0; i < ready; i++) {
            int fd = events[i].data.fd;
            if (fd == listener) {
                event.data.fd = members[count++] = accept(listener, NULL, NULL);
                setsockopt(event.data.fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
                epoll_ctl(poll, EPOLL_CTL_ADD, event.data.fd, &event);
                continue;
            }
            ssize_t got = recv(fd, data, sizeof data, 0);
            if (got <= 0) drop(fd);
            else say(fd, data, got);
        }
    }
}
