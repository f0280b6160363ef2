using DataPipeline.Core;

namespace DataPipeline.Parquet;

/// <summary>A Parquet file that is damaged, hostile or uses a part of the format that is not read here; the message names file, column, page and offset where they are known.</summary>
public sealed class ParquetException : InputException
{
    /// <summary>Makes an exception with a message that needs no place added.</summary>
    public ParquetException(string message, Exception? inner = null) : base(message, inner)
    {
    }

    /// <summary>Whether the message already says where in which file the fault lies.</summary>
    internal bool IsPlaced { get; private init; }

    internal static ParquetException At(string place, string message, Exception? inner = null) => new($"{place}: {message}", inner) { IsPlaced = true };
}
