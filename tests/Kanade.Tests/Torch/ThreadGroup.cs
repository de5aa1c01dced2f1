using System.Runtime.ExceptionServices;
using Kanade.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Tests.Torch;

/// <summary>Processes of a group as threads of this one, so that what is shared can be tested without a launcher.</summary>
sealed class ThreadGroup : IProcessGroup
{
    sealed class Meeting(int world) : IDisposable
    {
        public readonly Barrier Barrier = new(world);
        public readonly object?[] Brought = new object?[world];

        public void Dispose() => Barrier.Dispose();
    }

    // A collective that one rank forgets must fail the test, not hang it.
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    readonly Meeting _meeting;

    ThreadGroup(Meeting meeting, int rank) => (_meeting, Rank) = (meeting, rank);

    public int Rank { get; }

    public int World => _meeting.Brought.Length;

    /// <summary>Runs each rank on a thread and gives what they return, in the order of ranks.</summary>
    public static T[] Run<T>(int world, Func<IProcessGroup, T> work)
    {
        using var meeting = new Meeting(world);
        var (results, failures) = (new T[world], new Exception?[world]);
        var threads = Enumerable.Range(0, world).Select(rank => new Thread(() =>
        {
            var group = new ThreadGroup(meeting, rank);
            try
            {
                using var current = ProcessGroup.Enter(group);
                results[rank] = work(group);
            }
            catch (Exception e)
            {
                failures[rank] = e;
            }
        })).ToArray();
        Array.ForEach(threads, t => t.Start());
        Array.ForEach(threads, t => t.Join());
        // Who waited in vain did so because another failed.
        var failure = failures.FirstOrDefault(f => f is not null and not TimeoutException) ?? failures.FirstOrDefault(f => f is not null);
        if (failure is not null)
            ExceptionDispatchInfo.Throw(failure);
        return results;
    }

    public void Sum(Tensor values)
    {
        using var scope = NewDisposeScope();
        var all = Exchange(values.detach().clone());
        using var noGradient = no_grad();
        _ = values.copy_(all.Skip(1).Aggregate(all[0], (sum, next) => sum + next));
        Barrier();   // nobody's tensor goes while another reads it
    }

    public void Sum(Span<double> values)
    {
        var all = Exchange(values.ToArray());
        for (var i = 0; i < values.Length; i++)
            values[i] = all.Sum(v => v[i]);
    }

    public void Broadcast(Tensor values)
    {
        using var scope = NewDisposeScope();
        var first = Exchange(values.detach().clone())[0];
        using var noGradient = no_grad();
        _ = values.copy_(first);
        Barrier();
    }

    public IReadOnlyList<byte[]> Gather(ReadOnlySpan<byte> own) => Exchange(own.ToArray());

    public void Barrier()
    {
        if (!_meeting.Barrier.SignalAndWait(Patience))
            throw new TimeoutException($"rank {Rank} waited for the others in vain");
    }

    public void Abort(int exitCode) => throw new InvalidOperationException($"aborted with {exitCode}");

    public void Dispose() { }

    T[] Exchange<T>(T own)
    {
        _meeting.Brought[Rank] = own;
        Barrier();
        T[] all = [.. _meeting.Brought.Select(brought => (T)brought!)];
        Barrier();
        return all;
    }
}
