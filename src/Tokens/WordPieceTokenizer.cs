namespace DataPipeline.Tokens;

/// <summary>WordPiece: BERT's kind (Schuster 2012, Devlin 2018).</summary>
public sealed class WordPieceTokenizer : PipelineTokenizer
{
    internal WordPieceTokenizer(TokenizerParts parts) : base(parts)
    {
    }

    /// <summary>Reads BERT's vocab.txt: a token a line, numbered from 0.</summary>
    /// <param name="path">The file.</param>
    /// <param name="lowerCase">Lower case and no accents; null, the default: yes unless the name of the file or its folder says <c>cased</c> and not <c>uncased</c>,
    /// or the tokenizer_config.json beside it says <c>do_lower_case</c>.</param>
    /// <exception cref="Core.InputException">The file is broken or has no unknown token.</exception>
    public static WordPieceTokenizer Create(string path, bool? lowerCase = null) => Formats.VocabFile.Read(path, lowerCase);
}
