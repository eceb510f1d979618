/** gRPC's usual bound of one message, after it was unpacked, in bytes; agents and clients send pieces far below. */
export const maxMessageBytes = 4 * 1024 ** 2;
