/** A count of machines: "1 virtual machine", "1,000 virtual machines". */
export function machineCountText(count: number): string {
  return count === 1 ? '1 virtual machine' : `${count.toLocaleString('en-US')} virtual machines`;
}
