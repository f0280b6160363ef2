namespace DataPipeline.Core;

/// <summary>The configuration is wrong; the program exits 2. The message holds every mistake found, a line each.</summary>
public sealed class ConfigurationException(string message) : Exception(message);

/// <summary>The data is wrong in a way that the run cannot go on; the program exits 3. The message names file and offset and what to do next.</summary>
public class InputException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The machine lacks something; the program exits 4. The message ends with the command that mends it.</summary>
public sealed class MissingPartException(string message, Exception? inner = null) : Exception(message, inner);
