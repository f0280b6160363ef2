namespace DataPipeline.Torch;

/// <summary>An operator refused its arguments; the message names the operator and the types and shapes it was given.</summary>
public sealed class TorchException(string message) : Exception(message);
