namespace Kanade.Torch;

/// <summary>
/// The group that a thread trains in. Layers ask for it that draw or count over the whole batch (<see cref="BatchDropout"/>,
/// <see cref="SharedBatchNorm2d"/>); like autocast it is a state of the thread, so that a network is built and called alike in one process and in many.
/// </summary>
public static class ProcessGroup
{
    [ThreadStatic]
    static IProcessGroup? _current;

    /// <summary>A group of one where none was entered.</summary>
    public static IProcessGroup Current => _current ?? SingleProcess.Instance;

    /// <summary>Makes a group this thread's until the result is disposed.</summary>
    public static IDisposable Enter(IProcessGroup group)
    {
        var scope = new Scope(_current);
        _current = group;
        return scope;
    }

    sealed class Scope(IProcessGroup? before) : IDisposable
    {
        public void Dispose() => _current = before;
    }
}
