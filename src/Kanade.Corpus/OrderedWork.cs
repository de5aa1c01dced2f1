using System.Threading.Channels;

namespace Kanade.Corpus;

/// <summary>Runs jobs on several threads and gives their results in the order of the jobs. Only a few results wait at a time.</summary>
sealed class OrderedWork<TJob, TResult> : IDisposable
{
    readonly int _workers;
    readonly Func<TJob, TResult> _run;
    readonly Channel<Task<TResult>> _results;
    readonly SemaphoreSlim _free;
    readonly CancellationTokenSource _stop;
    Task _feeding = Task.CompletedTask;

    internal OrderedWork(int workers, Func<TJob, TResult> run, CancellationToken cancel)
    {
        (_workers, _run) = (workers, run);
        _results = Channel.CreateBounded<Task<TResult>>(4 * workers);
        _free = new(workers);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
    }

    internal void Start(IEnumerable<TJob> jobs) => _feeding = Task.Run(async () =>
    {
        try
        {
            foreach (var job in jobs)
            {
                await _free.WaitAsync(_stop.Token);
                await _results.Writer.WriteAsync(Task.Run(() =>
                {
                    try
                    {
                        return _run(job);
                    }
                    finally
                    {
                        _free.Release();
                    }
                }), _stop.Token);
            }
            _results.Writer.Complete();
        }
        catch (Exception e)
        {
            _results.Writer.Complete(e);
        }
    });

    /// <summary>The result of the next job; its exception, if it had one.</summary>
    internal TResult Next()
    {
        var next = _results.Reader.ReadAsync(_stop.Token).AsTask().GetAwaiter().GetResult();
        return next.GetAwaiter().GetResult();
    }

    public void Dispose()
    {
        _stop.Cancel();
        _feeding.Wait();
        for (var i = 0; i < _workers; i++)
            _free.Wait(); // jobs that run still use what the caller disposes next
        _free.Dispose();
        _stop.Dispose();
    }
}
