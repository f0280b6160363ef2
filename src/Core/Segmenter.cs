namespace DataPipeline.Core;

/// <summary>Cuts a text into units that others compare, such as the tokens of a tokenizer or the words of a dictionary: what a setting <c>segmenter</c> names.</summary>
/// <remarks>How rooms that do not know each other meet in a pipeline file. Pure: any number of threads may ask at once. Mark it with <see cref="Config.StageAttribute"/>; its constructor is its YAML.</remarks>
public abstract class Segmenter
{
    /// <summary>Digest of everything that decides the units: part of the key of what is made with them, since a file may change under its name.</summary>
    public abstract string Fingerprint { get; }

    /// <summary>A number for each unit of a text, in order: equal units have equal numbers, different ones different numbers (hashes of 64 bits at least).</summary>
    public abstract ulong[] Units(string text);
}
