using System.Runtime.ExceptionServices;
using System.Threading.Channels;

namespace DataPipeline.Core;

/// <summary>Runs work on every core and gives the results back in the order of the input.</summary>
/// <remarks>The only file with a channel. A bounded channel holds started batches: its bound is the backpressure, and reading the
/// batches in the order they were started keeps the order. Memory is at most (threads + 2) batches. A ring of locks was refused: a channel of
/// tasks needs no shared counter and cannot lose a batch.</remarks>
public static class Flow
{
    /// <summary>Maps <paramref name="input"/> through <paramref name="work"/>; order is kept, at most <paramref name="threads"/> calls run at once.</summary>
    /// <param name="input">Enumerated on one background thread.</param>
    /// <param name="work">Pure; runs on any thread.</param>
    /// <param name="threads">Workers, at least 1.</param>
    /// <param name="batch">Items that one worker takes at a time, at least 1.</param>
    /// <param name="weigh">Bytes an item holds; a batch also ends at <paramref name="batchBytes"/>.</param>
    /// <param name="batchBytes">Bytes after which a batch ends even if it has room.</param>
    /// <param name="cancel">Stops the producer and the consumer.</param>
    public static IEnumerable<TOut> Ordered<TIn, TOut>(
        IEnumerable<TIn> input, Func<TIn, TOut> work, int threads, int batch = 128, Func<TIn, long>? weigh = null,
        long batchBytes = 16 << 20, CancellationToken cancel = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(batch, 1);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var started = Channel.CreateBounded<Task<TOut[]>>(
            new BoundedChannelOptions(threads) { SingleReader = true, SingleWriter = true });
        var workers = new TaskFactory(new ConcurrentExclusiveSchedulerPair(TaskScheduler.Default, threads).ConcurrentScheduler);
        Task producer = Task.Factory.StartNew(Produce, TaskCreationOptions.LongRunning);
        try
        {
            while (Wait(started.Reader.WaitToReadAsync(cancel).AsTask()))
            {
                while (started.Reader.TryRead(out Task<TOut[]>? task))
                {
                    foreach (TOut item in Wait(task))
                        yield return item;
                }
            }
        }
        finally
        {
            stop.Cancel();
            ((IAsyncResult)producer).AsyncWaitHandle.WaitOne();
        }
        producer.GetAwaiter().GetResult();
        cancel.ThrowIfCancellationRequested();

        void Produce()
        {
            try
            {
                foreach (TIn[] items in Batches(input, batch, weigh, batchBytes))
                {
                    if (stop.IsCancellationRequested)
                        break;
                    Wait(started.Writer.WriteAsync(workers.StartNew(() => Array.ConvertAll(items, item => work(item))), stop.Token).AsTask());
                }
                started.Writer.Complete();
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                started.Writer.TryComplete();
            }
            catch (Exception error)
            {
                started.Writer.TryComplete(error);
            }
        }
    }

    private static IEnumerable<T[]> Batches<T>(IEnumerable<T> input, int batch, Func<T, long>? weigh, long batchBytes)
    {
        var items = new List<T>(Math.Min(batch, 1024));
        long bytes = 0;
        foreach (T item in input)
        {
            items.Add(item);
            bytes += weigh?.Invoke(item) ?? 0;
            if (items.Count < batch && bytes < batchBytes)
                continue;
            yield return [.. items];
            items.Clear();
            bytes = 0;
        }
        if (items.Count > 0)
            yield return [.. items];
    }

    private static T Wait<T>(Task<T> task)
    {
        try
        {
            return task.GetAwaiter().GetResult();
        }
        catch (ChannelClosedException closed) when (closed.InnerException is { } inner)
        {
            ExceptionDispatchInfo.Throw(inner);
            throw;
        }
    }

    private static void Wait(Task task) => task.GetAwaiter().GetResult();
}
