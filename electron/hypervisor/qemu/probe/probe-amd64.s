# A 64 KiB ROM for a PC: goes to long mode, computes with SSE, counts for a while, and reports by QEMU's debug exit.
# Only a hypervisor that really runs guests gets to the end: some let long mode be entered, and then stop at the first
# SSE instruction or never return from a loop.
#
#   as --64 -o probe.o probe-amd64.s && objcopy -O binary -j .text probe.o probe.bin

        .text
        .code16
        .globl  _start
_start:
        cli
        xorw    %ax, %ax
        movw    %ax, %ds
        movw    %ax, %es
        cld

        # Page tables at 0x1000: one PML4 entry, one page directory pointer, one page of 2 MiB that maps to itself.
        movw    $0x1000, %di
        movw    $0x1800, %cx
        rep stosw
        movl    $0x2003, 0x1000
        movl    $0x3003, 0x2000
        movl    $0x0083, 0x3000

        lgdtl   %cs:(descriptor - _start)

        movl    $0x620, %eax            # CR4: PAE, OSFXSR, OSXMMEXCPT
        movl    %eax, %cr4
        movl    $0x1000, %eax
        movl    %eax, %cr3
        movl    $0xc0000080, %ecx       # EFER: long mode
        rdmsr
        orl     $0x100, %eax
        wrmsr
        movl    $0x80000003, %eax       # CR0: paging, monitor coprocessor, protection
        movl    %eax, %cr0
        ljmpl   $0x08, $(0xf0000 + long_mode - _start)

        .code64
long_mode:
        movw    $0x10, %ax
        movw    %ax, %ds
        movw    %ax, %es
        movw    %ax, %ss

        fninit
        movl    $0x15150915, %eax
        movd    %eax, %xmm0
        paddd   %xmm0, %xmm0
        movd    %xmm0, %ebx             # 0x2a2a122a

        movl    $20000000, %ecx
again:
        decl    %ecx
        jnz     again

        movl    %ebx, %eax
        shrl    $16, %eax
        incl    %eax                    # 0x2b: QEMU exits with 2 * 0x2b + 1 = 87
        movw    $0x501, %dx
        outb    %al, %dx
halt:
        hlt
        jmp     halt

        # Accessed bits are set: a table in ROM can't be written to when the processor wants to set them.
        .balign 8
table:
        .quad   0
        .quad   0x00af9b000000ffff      # 64-bit code
        .quad   0x00cf93000000ffff      # data
descriptor:
        .word   descriptor - table - 1
        .long   0xf0000 + table - _start

        # Where the processor starts: 16 bytes below the end.
        .org    0xfff0
        .code16
        ljmpw   $0xf000, $0
        .org    0x10000
