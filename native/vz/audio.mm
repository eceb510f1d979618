#import "audio.h"

namespace tatin {

namespace {

VZVirtioSoundDeviceConfiguration* DeviceWith(VZVirtioSoundDeviceStreamConfiguration* stream) {
  VZVirtioSoundDeviceConfiguration* device = [[VZVirtioSoundDeviceConfiguration alloc] init];
  device.streams = @[ stream ];
  return device;
}

VZVirtioSoundDeviceStreamConfiguration* BuildInput() {
  VZVirtioSoundDeviceInputStreamConfiguration* stream = [[VZVirtioSoundDeviceInputStreamConfiguration alloc] init];
  stream.source = [[VZHostAudioInputStreamSource alloc] init];
  return stream;
}

VZVirtioSoundDeviceStreamConfiguration* BuildOutput(bool silent) {
  VZVirtioSoundDeviceOutputStreamConfiguration* stream = [[VZVirtioSoundDeviceOutputStreamConfiguration alloc] init];
  if (!silent) stream.sink = [[VZHostAudioOutputStreamSink alloc] init];
  return stream;
}

}  // namespace

NSArray<VZAudioDeviceConfiguration*>* BuildAudio(const Document& audio) {
  NSMutableArray<VZAudioDeviceConfiguration*>* devices = [NSMutableArray array];
  NSString* input = audio.Text(@"input");
  if ([input isEqualToString:@"host"]) {
    [devices addObject:DeviceWith(BuildInput())];
  } else if (![input isEqualToString:@"none"]) {
    audio.Unknown(@"input");
  }
  NSString* output = audio.Text(@"output");
  if ([output isEqualToString:@"none"]) return devices;
  bool silent = [output isEqualToString:@"silent"];
  if (!silent && ![output isEqualToString:@"host"]) audio.Unknown(@"output");
  [devices addObject:DeviceWith(BuildOutput(silent))];
  return devices;
}

}  // namespace tatin
