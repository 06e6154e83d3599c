using System.Runtime.InteropServices;
using ShowTell.Cli;
using ShowTell.Hdf5;
using ShowTell.Parquet;

Hdf5Format.Register();
ParquetCaptions.Register();
using var interrupt = new CancellationTokenSource();
using PosixSignalRegistration onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using PosixSignalRegistration onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using PosixSignalRegistration onHangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop);
Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
return await App.RunAsync(args, Console.Out, Console.Error, interrupt.Token);

// The first Ctrl-C asks for an orderly end; the next one ends the process at once.
void Stop(PosixSignalContext context)
{
    if (!interrupt.IsCancellationRequested)
    {
        context.Cancel = true;
        interrupt.Cancel();
    }
}
