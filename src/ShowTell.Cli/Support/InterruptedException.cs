namespace ShowTell.Cli.Support;

/// <summary>The command was interrupted, and there is more to say about it.</summary>
internal sealed class InterruptedException(string message, Exception innerException)
    : OperationCanceledException(message, innerException);
