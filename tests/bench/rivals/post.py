"""A rival: the post's design, written anew with its faults fixed. One epoll loop, a string of bytes owed per member."""

import contextlib
import select
import socket

END = b"\n\n"


def main() -> None:
    """Serve on a free port and print it."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
    listener.setblocking(False)
    print(listener.getsockname()[1], flush=True)
    poll = select.epoll()
    poll.register(listener, select.EPOLLIN)
    members: dict[int, socket.socket] = {}
    labels: dict[int, str] = {}
    said: dict[int, bytes] = {}
    owed: dict[int, bytes] = {}

    def drop(fd: int) -> None:
        poll.unregister(fd)
        members.pop(fd).close()
        del labels[fd], said[fd], owed[fd]

    def admit() -> None:
        member, address = listener.accept()
        member.setblocking(False)
        member.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        fd = member.fileno()
        members[fd], labels[fd], said[fd] = member, repr(address), b""
        owed[fd] = "你已连接到服务器,IP为{}:{}\n\n".format(*listener.getsockname()).encode()
        poll.register(fd, select.EPOLLIN | select.EPOLLOUT)

    def read(fd: int) -> None:
        data = members[fd].recv(65536)
        if not data:
            drop(fd)
            return
        *messages, said[fd] = (said[fd] + data).split(END)
        for message in messages:
            line = f"来自{labels[fd]}的消息:".encode() + message + END
            for other in members:
                if other != fd:
                    owed[other] += line
                    poll.modify(other, select.EPOLLIN | select.EPOLLOUT)

    def write(fd: int) -> None:
        sent = members[fd].send(owed[fd])
        owed[fd] = owed[fd][sent:]
        if not owed[fd]:
            poll.modify(fd, select.EPOLLIN)

    while True:
        for fd, event in poll.poll():
            if fd == listener.fileno():
                with contextlib.suppress(BlockingIOError):
                    admit()
                continue
            try:
                if event & (select.EPOLLIN | select.EPOLLHUP):
                    read(fd)
                if event & select.EPOLLOUT and fd in members:
                    write(fd)
            except BlockingIOError:
                pass
            except OSError:
                drop(fd)


if __name__ == "__main__":
    main()
