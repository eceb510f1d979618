/** Runs argv[3:] in a terminal of argv[1] rows and argv[2] columns; reads `i BASE64` and `r ROWS COLUMNS` from its input. */
export const guestTerminal = `
import base64, fcntl, os, pty, struct, sys, termios, threading
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[3], sys.argv[3:])
def resize(rows, columns):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack('HHHH', int(rows), int(columns), 0, 0))
resize(sys.argv[1], sys.argv[2])
def feed():
    for line in sys.stdin:
        kind, *rest = line.split()
        if kind == 'r':
            resize(*rest)
        else:
            os.write(fd, base64.b64decode(rest[0]))
threading.Thread(target=feed, daemon=True).start()
while True:
    try:
        data = os.read(fd, 4096)
    except OSError:
        break
    if not data:
        break
    os.write(1, data)
status = os.waitpid(pid, 0)[1]
os._exit(os.waitstatus_to_exitcode(status) & 0xff)
`;

/**
 * A person at a terminal of 24 rows and 80 columns in which argv[1:] runs. Of each line of its input it answers with one:
 * `type BASE64`, `see BASE64` (waits until that was said since the last time), `size ROWS COLUMNS`, `mode` (raw or cooked),
 * `kill SIGNAL`, `end` (waits for the end: the exit code, and whether the terminal is as it was before).
 */
export const person = `
import base64, fcntl, os, pty, signal, struct, subprocess, sys, termios, threading
master, slave = pty.openpty()
def resize(rows, columns):
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))
resize(24, 80)
before = termios.tcgetattr(slave)
def own():
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
child = subprocess.Popen(sys.argv[1:], stdin=slave, stdout=slave, stderr=slave, preexec_fn=own)
said, seen, news = b'', 0, threading.Condition()
def listen():
    global said
    while True:
        data = os.read(master, 4096)
        with news:
            said += data
            news.notify()
threading.Thread(target=listen, daemon=True).start()
for line in sys.stdin:
    verb, *rest = line.split()
    if verb == 'type':
        os.write(master, base64.b64decode(rest[0]))
        print('typed')
    elif verb == 'see':
        wanted = base64.b64decode(rest[0])
        with news:
            while said.find(wanted, seen) == -1 and news.wait(90):
                pass
            at = said.find(wanted, seen)
            print('seen' if at != -1 else repr(said[seen:]))
            seen = at + len(wanted) if at != -1 else seen
    elif verb == 'size':
        resize(int(rest[0]), int(rest[1]))
        print('resized')
    elif verb == 'mode':
        print('cooked' if termios.tcgetattr(slave)[3] & termios.ICANON else 'raw')
    elif verb == 'kill':
        child.send_signal(getattr(signal, rest[0]))
        print('sent')
    elif verb == 'end':
        code = child.wait()
        print(code, 'as before' if termios.tcgetattr(slave) == before else 'changed')
`;
