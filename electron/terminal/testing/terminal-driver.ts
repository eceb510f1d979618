/**
 * For `OtherProgram.python`: runs argv[1:] in a pseudo-terminal. Each input line is a command, answered by one line:
 * `type TEXT` (with \\x escapes) types it; `wait TEXT` waits until it was shown; `end` answers with the exit code.
 */
export const terminalDriver = `
import codecs, os, pty, select, sys
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
seen = b''
ended = False
def read(wait):
    global seen, ended
    if ended or not select.select([fd], [], [], wait)[0]:
        return
    try:
        data = os.read(fd, 65536)
    except OSError:
        data = b''
    ended = data == b''
    seen += data
for line in sys.stdin:
    word, _, text = line.rstrip('\\n').partition(' ')
    wanted = codecs.decode(text, 'unicode_escape').encode('latin-1')
    if word == 'type':
        os.write(fd, wanted)
        print('typed')
    elif word == 'wait':
        while wanted not in seen and not ended:
            read(1)
        if wanted in seen:
            seen = seen[seen.index(wanted) + len(wanted):]
            print('shown')
        else:
            print('ended after ' + repr(seen[-500:]))
    elif word == 'end':
        while not ended:
            read(1)
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;
