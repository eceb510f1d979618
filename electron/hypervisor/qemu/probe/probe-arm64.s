// A ROM for QEMU's virt machine: switches floating point on, computes with it, counts for a while, and powers off by
// PSCI. An exception leads to an address where nothing ends, so that only a guest that really ran powers off.
//
//   aarch64-linux-gnu-as -o probe.o probe-arm64.s && aarch64-linux-gnu-objcopy -O binary -j .text probe.o probe.bin

        .text
        .globl  _start
_start:
        mrs     x0, cpacr_el1
        orr     x0, x0, #(3 << 20)      // FPEN
        msr     cpacr_el1, x0
        isb
        fmov    d0, #1.0
        fadd    d0, d0, d0
        fmov    x1, d0
        movz    x2, #0x4000, lsl #48    // 2.0
        cmp     x1, x2
        b.ne    halt
        movz    w3, #0x2d00
        movk    w3, #0x131, lsl #16     // 20 million
again:
        subs    w3, w3, #1
        b.ne    again
        movz    w0, #0x0008
        movk    w0, #0x8400, lsl #16    // SYSTEM_OFF
        hvc     #0
halt:
        b       halt
