namespace ShowTell.Interop;

/// <summary>ONNX Runtime refused a call; the message is its own, in one line without the full stop.</summary>
internal sealed class OnnxRuntimeException(string message) : ShowTellException(message);
