#pragma once

#import "events.h"
#import "machine.h"

namespace tatin {

// {recovery, provisioning?: {fullName, username, password, logsInAutomatically, enablesRemoteLogin}}.
void Start(TatinMachine* machine, const Document& options, EndingPointer ending);
// Takes the power away.
void Stop(TatinMachine* machine, EndingPointer ending);
// Asks the guest to turn itself off; whether it does is told by an event.
void RequestStop(TatinMachine* machine);
void Pause(TatinMachine* machine, EndingPointer ending);
void Resume(TatinMachine* machine, EndingPointer ending);
// Saves a paused machine, which stays paused.
void SaveState(TatinMachine* machine, NSURL* file, EndingPointer ending);
// Restores a stopped machine, which is paused after that.
void RestoreState(TatinMachine* machine, NSURL* file, EndingPointer ending);

}  // namespace tatin
