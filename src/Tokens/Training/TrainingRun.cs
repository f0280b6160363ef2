namespace DataPipeline.Tokens.Training;

/// <summary>How a training is carried out; nothing of it changes the result.</summary>
/// <param name="Threads">Threads to use.</param>
/// <param name="Progress">Told now and then what is done: the part of the work, how much of it, of how much.</param>
/// <param name="Cancel">Ends the training.</param>
internal sealed record TrainingRun(int Threads, Action<string, long, long>? Progress, CancellationToken Cancel)
{
    /// <summary>A progress of learning tokens.</summary>
    public Action<int>? Learned(int vocabularySize) => Progress is null ? null : tokens => Progress("tokens", tokens, vocabularySize);
}
