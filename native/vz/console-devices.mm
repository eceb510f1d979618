#import "console-devices.h"

#import "descriptors.h"
#import "failure.h"

namespace tatin {

namespace {

VZVirtioConsolePortConfiguration* BuildPort(const Document& console) {
  VZVirtioConsolePortConfiguration* port = [[VZVirtioConsolePortConfiguration alloc] init];
  NSString* kind = console.Text(@"kind");
  if ([kind isEqualToString:@"named"]) {
    port.name = console.Text(@"name");
    return port;
  }
  if (![kind isEqualToString:@"clipboard"]) console.Unknown(@"kind");
  VZSpiceAgentPortAttachment* agent = [[VZSpiceAgentPortAttachment alloc] init];
  agent.sharesClipboard = YES;
  port.name = VZSpiceAgentPortAttachment.spiceAgentPortName;
  port.attachment = agent;
  return port;
}

VZSerialPortAttachment* BuildSerialAttachment(const Document& port) {
  NSString* kind = port.Text(@"kind");
  if ([kind isEqualToString:@"descriptors"])
    return [[VZFileHandleSerialPortAttachment alloc]
        initWithFileHandleForReading:HandleOnDuplicateOf(port.Descriptor(@"reading"))
                fileHandleForWriting:HandleOnDuplicateOf(port.Descriptor(@"writing"))];
  if (![kind isEqualToString:@"file"]) port.Unknown(@"kind");
  NSError* error = nil;
  VZFileSerialPortAttachment* file = [[VZFileSerialPortAttachment alloc] initWithURL:port.File(@"path")
                                                                              append:port.Flag(@"append")
                                                                               error:&error];
  if (file == nil) FailWith(error, @"Opening the serial port's file");
  return file;
}

}  // namespace

NSArray<VZConsoleDeviceConfiguration*>* BuildConsoles(const std::vector<Document>& consoles) {
  NSMutableArray<VZConsoleDeviceConfiguration*>* built = [NSMutableArray array];
  for (const Document& console : consoles) {
    VZVirtioConsoleDeviceConfiguration* device = [[VZVirtioConsoleDeviceConfiguration alloc] init];
    device.ports[0] = BuildPort(console);
    [built addObject:device];
  }
  return built;
}

NSArray<VZSerialPortConfiguration*>* BuildSerialPorts(const std::vector<Document>& ports) {
  NSMutableArray<VZSerialPortConfiguration*>* built = [NSMutableArray array];
  for (const Document& port : ports) {
    VZVirtioConsoleDeviceSerialPortConfiguration* serial = [[VZVirtioConsoleDeviceSerialPortConfiguration alloc] init];
    serial.attachment = BuildSerialAttachment(port);
    [built addObject:serial];
  }
  return built;
}

}  // namespace tatin
